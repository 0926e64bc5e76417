/** The nine bytes in front of every HTTP/2 frame (RFC 9113, 4.1). */
export const frameHeaderBytes = 9;
/** What a client sends before its first frame (RFC 9113, 3.4). */
export const clientPrefaceBytes = 24;

export const frameType = { headers: 0x1, settings: 0x4, goaway: 0x7 } as const;
export const headersFlag = { padded: 0x8, priority: 0x20 } as const;
export const settingsAckFlag = 0x1;
export const settingMaxConcurrentStreams = 0x3;

/** Error codes of RFC 9113, 7, as far as a vendor uses them. */
export const errorCode = {
  none: 0x0,
  protocol: 0x1,
  internal: 0x2,
  refusedStream: 0x7,
  cancel: 0x8,
  enhanceYourCalm: 0xb,
} as const;

/** A whole GOAWAY frame. `lastStreamId` 0 says that nothing was processed. */
export function goawayFrame(lastStreamId: number, code: number, debugData: string): Buffer {
  const debug = Buffer.from(debugData);
  const frame = Buffer.alloc(frameHeaderBytes + 8 + debug.length);
  frame.writeUIntBE(8 + debug.length, 0, 3);
  frame.writeUInt8(frameType.goaway, 3);
  frame.writeUInt32BE(lastStreamId, frameHeaderBytes);
  frame.writeUInt32BE(code, frameHeaderBytes + 4);
  debug.copy(frame, frameHeaderBytes + 8);
  return frame;
}
