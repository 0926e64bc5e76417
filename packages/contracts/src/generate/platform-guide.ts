/** The words of the AsyncAPI document for an IM platform that has its own front door. */
export const platformGuide = `Reveille wakes devices when a message arrives for somebody whose app is not running.

## For a platform that publishes to NATS

1. Connect with the nkey of your app's account (\`apps.yaml\`: \`platformNkey\`).
2. For every accepted message publish \`message-accepted\` as plain JSON on \`im.in.<app>.message.<conversation key>.accepted\`
   with the header \`Nats-Msg-Id: <app>:<your id>\` and wait for the JetStream PubAck: from then on the message is settled exactly once.
   The body needs \`messageId\` (1 to 64 of \`A-Z a-z 0-9 _ -\`), \`sender\`, \`recipients\`, \`content\`, and \`pushConfig\` for what the
   phone shows (without it, and without a default of the app, nothing is pushed). Everything else has defaults. There is nothing to
   hash: the server computes the partition from the conversation key, which is any key that all messages of one conversation share.
   No PubAck within some seconds: publish again under the same \`Nats-Msg-Id\`. An error in the PubAck that says that the stream is full means: try later.
   Ids are remembered across apps: begin yours with your app and make the rest one that nobody else can guess. A PubAck with \`duplicate: true\` for
   an id that you have not used before means that somebody else has: publish again under another id.
3. \`message-revoked\` goes to the same conversation key.
4. Devices are registered over HTTP with the app's server key: \`PUT /v1/devices/{deviceId}/push\` (see the OpenAPI document).

## Encoding of ids in subjects

\`[A-Za-z0-9_-]{1,64}\` goes in as it is; anything else as \`~\` and the base64url (no padding) of its UTF-8.

## Answering the live ask (\`live: platform\` in apps.yaml)

Reveille asks \`im.live.<app>.<user>\` for every recipient. Subscribe to \`im.live.<app>.>\` and answer on the reply subject, more than once:

- at once \`{"type":"holding","devices":["<device id>", {"deviceId":"…","background":true}]}\` for **every** user that you are asked for.
  \`{"type":"holding","devices":[]}\` says that the user is not connected: the push goes out at once.
- when clients have confirmed the message: \`{"type":"acknowledged","devices":["<device id>"]}\`, or \`{"type":"acknowledged","all":true}\`.
  A device that was confirmed before the deadline (5 s in the foreground, 1 s in the background, per app) is never pushed.

Silence of a platform that has subscribed costs the whole deadline on every message. While nobody is subscribed every bound device is pushed at once.
With \`live: none\` nobody is asked.`;
