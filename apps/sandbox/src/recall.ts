import type { JournalLine } from './journal.js';
import type { HandedPush, ShownNotification } from './lock-screen.js';
import type { PhoneDescription, Phones, TokenState } from './phones.js';
import type { AcceptedPush } from './push.js';

interface SavedScreen {
  readonly phoneId: string;
  readonly notifications: ShownNotification[];
  readonly data: HandedPush[];
  readonly calls: HandedPush[];
  readonly badge: number | null;
  readonly shownTotal: number;
  readonly stored: AcceptedPush[];
}

/** Rebuilds one thing about phones and tokens from a line that an earlier run wrote. Other lines are passed over. */
export function recallPhones(line: JournalLine, phones: Phones): void {
  const phone = phones.get(line['phoneId'] as string);
  switch (line.type) {
    case 'phone': {
      const description = line['description'] as PhoneDescription;
      if (phones.knows(description))
        phones.restorePhone(line['phoneId'] as string, description, line['createdAt'] as number);
      return;
    }
    case 'token':
      if (phone !== null)
        phones.restoreToken(
          phone,
          line['kind'] as string,
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
    case 'notifications':
      if (phone !== null) phone.showsNotifications = line['allowed'] as boolean;
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
