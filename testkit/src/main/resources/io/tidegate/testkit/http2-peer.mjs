// A client of HTTP/2 with prior knowledge, by Node: `node http2-peer.mjs ORIGIN AUTHORITY CASE ARGUMENT...` prints one line.
import { createHash, randomBytes } from 'node:crypto';
import http2 from 'node:http2';

const [origin, authority, which, ...args] = process.argv.slice(2);
// Node itself refuses with ENHANCE_YOUR_CALM past its 10 MB of a session, which a body of 10 MB is
const session = http2.connect(origin, { settings: { enablePush: false }, maxSessionMemory: 256 });
const sessionErrors = [];
session.on('error', (error) => sessionErrors.push(error.code || error.message));
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

// Sends one request; resolves to what came back.
function ask(fields, body, trailers) {
  return new Promise((resolve) => {
    const got = { interim: [], bytes: 0, hash: createHash('sha256') };
    const stream = session.request(
      { ':authority': authority, ...fields },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined });
    if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.on('headers', (headers) => got.interim.push(headers[':status']));
    stream.on('response', (headers) => { got.status = headers[':status']; got.headers = headers; });
    stream.on('trailers', (headers) => { got.trailers = headers; });
    stream.on('data', (piece) => { got.bytes += piece.length; got.hash.update(piece); if (got.bytes < 100000) got.text = (got.text || '') + piece; });
    stream.on('error', (error) => { got.error = error.code; });
    stream.on('close', () => { got.rst = stream.rstCode; got.sha = got.hash.digest('hex'); resolve(got); });
    if (body !== undefined) stream.end(body);
  });
}

// What went wrong, if anything did.
const why = (got) => (got.error || got.rst || sessionErrors.length ? ` (error ${got.error}, reset ${got.rst}, session ${sessionErrors})` : '');

const cases = {
  async get(path) {
    const got = await ask({ ':path': path });
    return `${got.status} ${got.bytes} ${got.sha}`;
  },
  async text(path, ...fields) {
    const more = {};
    for (const field of fields) { const at = field.indexOf('='); more[field.slice(0, at)] = field.slice(at + 1); }
    const got = await ask({ ':path': path, ...more });
    return `${got.status} ${got.interim.join(',')} ${got.text || ''}`.trim();
  },
  async echo(path, size, known) {
    const body = randomBytes(Number(size));
    const length = known === 'known' ? { 'content-length': body.length } : {};
    const got = await ask({ ':method': 'POST', ':path': path, ...length }, body);
    return `${got.status} ${got.bytes} ${got.sha === sha(body) ? 'same' : 'different'}${why(got)}`;
  },
  async trailers(path) {
    const got = await ask({ ':method': 'POST', ':path': path }, Buffer.from('hello'), { 'x-sum': '532' });
    return `${got.status} ${got.text} ${got.trailers && got.trailers['x-sum']}`;
  },
  async received(path) {
    const got = await ask({ ':path': path, te: 'trailers' });
    return `${got.status} ${got.text} ${got.trailers && got.trailers['x-sum']}`;
  },
  async expect(path) {
    const got = await ask({ ':method': 'POST', ':path': path, expect: '100-continue' }, Buffer.from('body'));
    return `${got.status} ${got.interim.join(',')} ${got.text}`;
  },
  async method(method, path) {
    const got = await ask({ ':method': method, ':path': path });
    return `${got.status} ${got.headers['content-length'] || '-'} ${got.bytes}`;
  },
  async many(path, count) {
    const all = await Promise.all(Array.from({ length: Number(count) }, () => ask({ ':path': path })));
    return `${new Set(all.map((got) => `${got.status} ${got.bytes} ${got.sha}`)).size} ${all[0].status} ${all[0].bytes}${why(all.find((got) => got.error) || all[0])}`;
  },
  async rounds(path, count) {
    const seen = new Set();
    for (let i = 0; i < Number(count); i++) { const got = await ask({ ':path': path }); seen.add(`${got.status} ${got.bytes}`); }
    return [...seen].join(';');
  },
  async reset(path) {
    const got = await ask({ ':path': path });
    return `${got.status} ${got.bytes} rst=${got.rst}`;
  },
  // a stalled stream beside a live one
  async stalled(slow, live, count) {
    const stuck = session.request({ ':authority': authority, ':path': slow });
    await new Promise((resolve) => stuck.on('response', resolve));
    const times = [];
    for (let i = 0; i < Number(count); i++) {
      const began = process.hrtime.bigint();
      const got = await ask({ ':path': live });
      if (got.status !== 200) return `live answered ${got.status}`;
      times.push(Number(process.hrtime.bigint() - began) / 1e6);
    }
    stuck.close(http2.constants.NGHTTP2_CANCEL);
    times.sort((a, b) => a - b);
    return `ok ${Math.ceil(times[times.length >> 1])} ${Math.ceil(times[times.length - 1])}`;
  },
  async events(path, count) {
    const stream = session.request({ ':authority': authority, ':path': path });
    const late = [];
    await new Promise((resolve) => {
      stream.on('data', (piece) => {
        const now = process.hrtime.bigint();
        for (const line of String(piece).split('\n')) {
          if (line.startsWith('data: ')) late.push(Number(now - BigInt(line.slice(6))) / 1e6);
        }
        if (late.length >= Number(count)) resolve();
      });
      stream.on('close', resolve);
    });
    stream.close(http2.constants.NGHTTP2_CANCEL);
    late.sort((a, b) => a - b);
    return `${late.length} ${Math.ceil(late[late.length >> 1])}`;
  },
  async websocket(path, size) {
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    if (!session.remoteSettings.enableConnectProtocol) return 'no extended CONNECT';
    const stream = session.request({
      ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': path, ':authority': authority,
      'sec-websocket-version': '13', origin: `http://${authority}`,
    }, { endStream: false });
    const headers = await new Promise((resolve) => stream.on('response', resolve));
    if (headers[':status'] !== 200) return `status ${headers[':status']}`;
    const payload = randomBytes(Number(size));
    stream.write(frame(2, payload));
    const first = await read(stream, payload.length);
    stream.write(frame(8, Buffer.from([0x10, 0xe1])));
    const last = await read(stream, 2);
    stream.end();
    await new Promise((resolve) => stream.on('close', resolve));
    return `${headers[':status']} ${first.opcode} ${first.payload.equals(payload) ? 'same' : 'different'} ${last.opcode} ${last.payload.readUInt16BE(0)} ${headers.upgrade || '-'} ${headers['sec-websocket-accept'] || '-'}`;
  },
};

function frame(opcode, payload) {
  const mask = randomBytes(4);
  const length = payload.length;
  const head = length < 126 ? Buffer.from([0x80 | opcode, 0x80 | length])
    : length < 65536 ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255])
    : Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | 127, 0, 0, 0, 0]), Buffer.from([length >>> 24, (length >> 16) & 255, (length >> 8) & 255, length & 255])]);
  return Buffer.concat([head, mask, payload.map((byte, i) => byte ^ mask[i & 3])]);
}

let kept = Buffer.alloc(0);
// Reads messages until one of `size` payload bytes is whole; fragments are joined.
function read(stream, size) {
  return new Promise((resolve, reject) => {
    let joined = Buffer.alloc(0);
    let opcode = 0;
    const look = () => {
      while (kept.length >= 2) {
        const short = kept[1] & 127;
        const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
        if (kept.length < headBytes) return;
        const length = short < 126 ? short : short === 126 ? kept.readUInt16BE(2) : Number(kept.readBigUInt64BE(2));
        if (kept.length < headBytes + length) return;
        if (kept[0] & 15) opcode = kept[0] & 15;
        joined = Buffer.concat([joined, kept.subarray(headBytes, headBytes + length)]);
        kept = kept.subarray(headBytes + length);
        if (joined.length >= size) { stream.off('data', more); resolve({ opcode, payload: joined }); return; }
      }
    };
    const more = (piece) => { kept = Buffer.concat([kept, piece]); look(); };
    stream.on('data', more);
    stream.on('close', () => reject(new Error('closed')));
    look();
  });
}

cases[which](...args).then(
  (line) => { console.log(line); session.close(); },
  (error) => { console.log(`failed ${error.message} ${sessionErrors}`); session.destroy(); });
