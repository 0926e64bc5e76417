/** What of `http_ece` (1.2.1, which carries no types) is used here. */
declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  interface EncryptOptions {
    readonly version: 'aes128gcm';
    /** Ours, made for this message alone; its public half goes into the header. */
    readonly privateKey: ECDH;
    /** The browser's public key, 65 bytes. */
    readonly dh: Buffer;
    readonly authSecret: Buffer;
    readonly rs: number;
  }
  /** One record as long as the text and 17 bytes fit `rs`. Throws where `dh` is no point of the curve. */
  export function encrypt(text: Buffer, options: EncryptOptions): Buffer;
}
