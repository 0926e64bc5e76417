/** `<app>/<message id>`: a message as findings name it. */
export const messageKey = (app: string, messageId: string): string => `${app}/${messageId}`;

/** `<app>/<message id> <user>/<device id>`: one device's share of a message, as findings name it. */
export const deviceKey = (
  { app, messageId }: { app: string; messageId: string },
  { user, deviceId }: { user: string; deviceId: string | null },
): string => `${messageKey(app, messageId)} ${user}/${deviceId ?? '-'}`;
