import { once } from 'node:events';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { type ClientFrameInput, type ServerFrame, subprotocol } from '@reveille/contracts/ws/frames';
import { WebSocket } from 'ws';

type FrameOf<T extends ServerFrame['t']> = Extract<ServerFrame, { t: T }>;

/** A client that speaks frames by hand and keeps what it hears. */
export class FrameClient {
  readonly heard: ServerFrame[] = [];
  closedWith: { code: number; reason: string } | null = null;
  #lastId = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.heard.push(JSON.parse((data as Buffer).toString()) as ServerFrame));
    socket.on('close', (code, reason) => {
      this.closedWith = { code, reason: reason.toString() };
    });
    socket.on('error', () => undefined);
  }

  static async connect(url: string): Promise<FrameClient> {
    const client = new FrameClient(new WebSocket(url, subprotocol));
    await once(client.socket, 'open');
    return client;
  }

  static async login(url: string, deviceId: string, token: string, background = false): Promise<FrameClient> {
    const client = await FrameClient.connect(url);
    client.write({ t: 'hello', sdk: 'test', deviceId });
    const answer = await client.ask({ t: 'login', token, background });
    if (answer.t !== 'welcome') throw new Error(`not welcome: ${JSON.stringify(answer)}`);
    return client;
  }

  write(frame: ClientFrameInput | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends a frame and waits for the frame that answers it, an `error` included. */
  async ask(frame: ClientFrameInput): Promise<ServerFrame> {
    this.#lastId += 1;
    const id = `q${this.#lastId}`;
    this.write({ ...frame, id });
    const answered = (): ServerFrame | undefined =>
      this.heard.find((heard) => 'id' in heard && heard.id === id);
    await waitUntil(`${frame.t} is answered`, () => answered() !== undefined);
    return answered() as ServerFrame;
  }

  async send(to: string, text: string, clientMessageId: string, attempt = 0): Promise<ServerFrame> {
    const content = { type: 'text', text } as const;
    return this.ask({ t: 'send', clientMessageId, attempt, recipients: [to], content });
  }

  of<T extends ServerFrame['t']>(type: T): FrameOf<T>[] {
    return this.heard.filter((frame): frame is FrameOf<T> => frame.t === type);
  }

  async whenClosed(): Promise<number> {
    await waitUntil('the connection is closed', () => this.closedWith !== null, 20_000);
    return this.closedWith?.code ?? 0;
  }

  close(): void {
    this.socket.close(1000);
  }
}
