import type { JournalLine } from './journal.js';
import type { HandedPush, ShownNotification } from './lock-screen.js';
import type { PhoneDescription, Phones, TokenKind, TokenState } from './phones.js';
import type { AcceptedPush } from './push.js';
import type { ApnsCertificateRegistration, ApnsKeyRegistration, ApnsKeys } from './vendors/apns/apns.keys.js';
import type { FcmProjectRegistration, FcmProjects } from './vendors/fcm/fcm.projects.js';

interface SavedScreen {
  readonly phoneId: string;
  readonly notifications: ShownNotification[];
  readonly data: HandedPush[];
  readonly calls: HandedPush[];
  readonly badge: number | null;
  readonly shownTotal: number;
  readonly stored: AcceptedPush[];
}

/** Rebuilds phones, tokens, keys and projects from the lines that earlier runs wrote. */
export function recallRegistrations(
  lines: readonly JournalLine[],
  phones: Phones,
  keys: ApnsKeys,
  projects: FcmProjects,
): void {
  for (const line of lines) {
    recallPhoneLine(line, phones);
    if (line.type === 'apns-key') keys.register(line['registration'] as ApnsKeyRegistration);
    if (line.type === 'apns-key-revoked') keys.revoke(line['keyId'] as string);
    if (line.type === 'apns-certificate')
      keys.registerCertificate(line['registration'] as ApnsCertificateRegistration);
    if (line.type === 'fcm-project') projects.register(line['registration'] as FcmProjectRegistration);
  }
}

function recallPhoneLine(line: JournalLine, phones: Phones): void {
  const phone = phones.get(line['phoneId'] as string);
  switch (line.type) {
    case 'phone':
      phones.restorePhone(
        line['phoneId'] as string,
        line['description'] as PhoneDescription,
        line['createdAt'] as number,
      );
      return;
    case 'token':
      if (phone !== null)
        phones.restoreToken(
          phone,
          line['kind'] as TokenKind,
          line['token'] as string,
          line['issuedAt'] as number,
        );
      return;
    case 'token-state': {
      const record = phones.findToken(line['token'] as string);
      if (record === null) return;
      record.state = line['state'] as TokenState;
      record.goneAt = record.state === 'active' ? null : (line['goneAt'] as number);
      return;
    }
    case 'uninstalled':
      if (phone === null) return;
      phone.isInstalled = false;
      phone.tokens.clear();
      return;
    case 'network':
      if (phone !== null) phone.online = line['online'] as boolean;
      return;
    default:
  }
}

/** What lies on the lock screens and in the vendors' storage; written at a clean stop. */
export function writeScreens(phones: Phones): string {
  const screens: SavedScreen[] = [];
  for (const { phoneId, screen, storage } of phones.list()) {
    const { notifications, data, calls, badge, shownTotal } = screen;
    const stored = storage.takeAll().pushes;
    if (notifications.length + data.length + calls.length + stored.length === 0) continue;
    screens.push({ phoneId, notifications, data, calls, badge, shownTotal, stored });
  }
  return JSON.stringify(screens);
}

export function readScreens(text: string, phones: Phones): void {
  for (const { phoneId, stored, ...screen } of JSON.parse(text) as SavedScreen[]) {
    const phone = phones.get(phoneId);
    if (phone === null) continue;
    Object.assign(phone.screen, screen);
    for (const push of stored) phone.storage.store(push);
  }
}
