import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { Duplex } from 'node:stream';
import { theMachine } from '../engine.js';

/**
 * A client of WebSocket (RFC 6455) for the streaming server of a container runtime, which listens in the machine only. The first byte of
 * each message is a channel: standard input, output and error, the result, the size of the terminal (k8s.io/kubelet/pkg/cri/streaming).
 */
export interface Channels {
  /** What has come through a channel so far. */
  read(channel: number): string;
  send(channel: number, data: string | Buffer): void;
  close(): void;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

const finalBinary = 0x82;
const closing = 0x88;
const masked = 0x80;

export async function openChannels(url: string, protocol = 'v4.channel.k8s.io'): Promise<Channels> {
  const { hostname, port, pathname, search } = new URL(url);
  // socat enters the machine's network; TCP does not reach it from outside.
  const [enter = '', ...rest] = theMachine().lineFor(['socat', 'STDIO', `TCP:${hostname}:${port}`]);
  const child = spawn(enter, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const transport = Duplex.from({ readable: child.stdout, writable: child.stdin });
  const socket = await new Promise<Duplex>((resolve, reject) => {
    const asked = request({
      createConnection: () => transport,
      path: pathname + search,
      headers: {
        host: `${hostname}:${port}`,
        connection: 'Upgrade',
        origin: `http://${hostname}:${port}`,
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
        'sec-websocket-protocol': protocol,
      },
    });
    asked.on('upgrade', (_response, upgraded, head) => {
      if (head.length > 0) upgraded.unshift(head);
      resolve(upgraded);
    });
    asked.on('response', (response) => reject(new Error(`the server answered ${response.statusCode ?? 0}`)));
    asked.on('error', reject);
    asked.end();
  });
  const received = new Map<number, Buffer>();
  let pending = Buffer.alloc(0);
  const closed = new Promise<void>((resolve) => {
    socket.on('close', resolve);
    socket.on('end', resolve);
    socket.on('error', () => resolve());
    socket.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data]);
      for (let frame = parse(pending); frame !== undefined; frame = parse(pending)) {
        pending = pending.subarray(frame.size);
        if (frame.type === closing) resolve();
        else if (frame.payload.length > 0) {
          const [channel = 0] = frame.payload;
          received.set(channel, Buffer.concat([received.get(channel) ?? Buffer.alloc(0), frame.payload.subarray(1)]));
        }
      }
    });
  });
  return {
    read: (channel) => (received.get(channel) ?? Buffer.alloc(0)).toString(),
    send: (channel, data) => socket.write(frameOf(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]))),
    close() {
      socket.destroy();
      child.kill();
    },
    closed,
  };
}

/** A client masks what it sends; a mask of zeros leaves it as it is. */
function frameOf(payload: Buffer): Buffer {
  const header =
    payload.length < 126 ? Buffer.from([finalBinary, masked | payload.length]) : Buffer.from([finalBinary, masked | 126, 0, 0]);
  if (header.length > 2) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}

function parse(bytes: Buffer): { readonly type: number; readonly payload: Buffer; readonly size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1);
  const header = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < header) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < header + length) return undefined;
  return { type: bytes.readUInt8(0), payload: bytes.subarray(header, header + length), size: header + length };
}
