// Node's ws as its documentation shows a broadcast: one loop over all clients.
// Arguments: messages a second, bytes of each, how many in a row, how many subscribers it waits for.
'use strict';
const { WebSocketServer } = require('ws');

const rate = Number(process.argv[2]);
const bytes = Number(process.argv[3]);
const burst = Number(process.argv[4]);
const least = Number(process.argv[5]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/ws', backlog: 4096 });
server.on('connection', (socket) => socket.on('error', () => {}));

let number = 0n;
function publish() {
  const message = Buffer.alloc(bytes); // a socket may keep it
  message.writeBigInt64BE(process.hrtime.bigint(), 0);
  message.writeBigInt64BE(++number, 8);
  for (const client of server.clients) client.send(message);
}

const period = (1000 * burst) / rate;
let due = performance.now();
let hasOpened = false;
function beat() {
  while (due <= performance.now()) {
    const count = server.clients.size;
    hasOpened = count >= least || (hasOpened && count > 0);
    if (hasOpened) for (let i = 0; i < burst; i++) publish();
    due = Math.max(due + period, performance.now() - 1000);
  }
  setTimeout(beat, due - performance.now());
}

server.on('listening', () => {
  console.log(`node ready at http://127.0.0.1:${server.address().port}/`);
  beat();
});
