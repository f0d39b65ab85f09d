// Plays the deflate grid with Node's ws: `deflate-grid.js client PORT MESSAGES OFFERS FROM TO` against an echo of ours, or
// `deflate-grid.js server MESSAGES` for a client of ours that echoes. Each case is one connection; a line a case says how it went.
'use strict';
const WebSocket = require('ws');

// 5 kinds of content x 18 sizes and fragmentations, and 7 offers x the same 18: 90 + 126 = 216
const sizes = [16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072];
const shapes = sizes.map((size) => [size, 0])
  .concat([[8192, 256], [8192, 1024], [8192, 4096], [32768, 256], [32768, 32768], [131072, 1024], [131072, 4096], [131072, 32768]]);
const kinds = ['json', 'text', 'zeros', 'random', 'binary'];
const offers = [
  {}, { clientNoContextTakeover: true }, { serverNoContextTakeover: true },
  { clientNoContextTakeover: true, serverNoContextTakeover: true },
  { clientMaxWindowBits: 9 }, { clientMaxWindowBits: true }, { serverMaxWindowBits: 15 },
];
const cases = [];
for (const kind of kinds) for (const shape of shapes) cases.push({ kind, shape, offer: {} });
for (const offer of offers) for (const shape of shapes) cases.push({ kind: 'json', shape, offer });

let seed = 7;
const next = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8;

function content(kind, size) {
  const out = Buffer.alloc(size);
  if (kind === 'random') for (let i = 0; i < size; i++) out[i] = next();
  if (kind === 'binary') for (let i = 0; i < size; i++) out[i] = next() % 24;
  if (kind === 'text') for (let i = 0; i < size; i++) out[i] = 97 + (next() % 9);
  if (kind === 'json') {
    let text = '';
    while (text.length < size) text += `{"id":${next() % 100000},"name":"n${next() % 50}","on":true},`;
    out.write(text.slice(0, size), 'latin1');
  }
  return out;
}

function send(socket, bytes, fragment) {
  if (fragment === 0 || bytes.length <= fragment) return socket.send(bytes, { binary: true, compress: true });
  for (let at = 0; at < bytes.length; at += fragment) {
    const end = Math.min(bytes.length, at + fragment);
    socket.send(bytes.subarray(at, end), { binary: true, compress: true, fin: end === bytes.length });
  }
}

// Sends one message after the other and compares each with what comes back.
function play(socket, { kind, shape }, messages, done) {
  let count = 0;
  let expected;
  const step = () => {
    if (count++ === messages) return socket.close(1000);
    expected = content(kind, shape[0]);
    send(socket, expected, shape[1]);
  };
  socket.on('message', (bytes) => {
    if (!expected.equals(bytes)) return socket.terminate();
    step();
  });
  socket.on('error', (error) => done(`error ${error.message}`));
  socket.on('close', (code) => done(code === 1000 && count === messages + 1 ? 'ok' : `closed ${code} after ${count}`));
  step();
}

function report(number, how) {
  console.log(`case ${number} ${how}`);
}

function client(port, messages, from, to) {
  const run = (i) => {
    if (i >= to) return process.exit(0);
    const one = cases[i];
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: { threshold: 0, ...one.offer } });
    let told = false;
    const done = (how) => {
      if (told) return;
      told = true;
      report(i, how === 'ok' && !socket.extensions.includes('permessage-deflate') ? 'not agreed' : how);
      run(i + 1);
    };
    socket.on('open', () => play(socket, one, messages, done));
    socket.on('error', (error) => done(`error ${error.message}`));
  };
  run(from);
}

function server(messages) {
  const at = new WebSocket.Server({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 }, maxPayload: 1 << 20 }, () => {
    console.log(`listening at ${at.address().port}`);
  });
  at.on('connection', (socket, request) => {
    const number = Number(request.url.slice(1));
    const agreed = socket.extensions.includes('permessage-deflate');
    play(socket, cases[number], messages, (how) => report(number, agreed ? how : 'not agreed'));
  });
}

const [mode, ...rest] = process.argv.slice(2);
const numbers = rest.map(Number);
if (mode === 'client') client(numbers[0], numbers[1], numbers[2], numbers[3]);
else server(numbers[0]);
