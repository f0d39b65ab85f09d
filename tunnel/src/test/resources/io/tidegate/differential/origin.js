// Answers every whole request with 200: `node origin.js PORT NOTES`.
const http = require('http');
const fs = require('fs');
const path = require('path');

const [port, notes] = process.argv.slice(2);
const seen = fs.openSync(notes, 'a');
const faults = fs.openSync(path.join(path.dirname(notes), 'faults.log'), 'a');

const server = http.createServer((request, answer) => {
  const line = [request.headers['x-forwarded-for'] || '-', request.method, request.url].join(' ');
  let whole = false;
  request.resume();
  request.on('end', () => {
    whole = true;
    fs.writeSync(seen, line + ' whole\n');
    answer.setHeader('Content-Length', 2);
    answer.end('ok');
  });
  request.on('close', () => {
    if (!whole) fs.writeSync(seen, line + ' part\n');
  });
});

server.on('clientError', (fault, socket) => {
  const code = String(fault.code);
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') fs.writeSync(faults, code + ' ' + fault.reason + '\n');
  if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  else socket.destroy();
});

server.listen(Number(port), '127.0.0.1');
