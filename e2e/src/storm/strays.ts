import type { VendorName } from '@reveille/contracts/push/vendor';
import { entriesOf } from '../harness/story.js';
import type { Town } from '../harness/town.js';

/** People of an app whose phones are registered with tokens that are not theirs, and the message that each of them was sent. */
export interface Strays {
  readonly messageIds: readonly string[];
  readonly pushes: number;
  /** How many notifications lie on the other app's phones whose tokens were used. */
  shown(): Promise<number>;
  /** How many pushes to them a vendor refused for good. */
  refused(): Promise<number>;
}

interface Token {
  readonly vendor: VendorName;
  readonly phoneId: string;
  readonly token: string;
}

/** `count` people with tokens of `otherApp`, and as many with words that are no vendor's tokens; each is sent one message. */
export async function sendToStrays(
  town: Town,
  app: string,
  otherApp: string,
  count: number,
): Promise<Strays> {
  const vendors = await town.sandbox.vendors();
  const foreign = await Promise.all(vendors.map((vendor) => tokensOf(town, vendor, otherApp, count)));
  const invented = await Promise.all(
    vendors.map(async (vendor) => (await tokensOf(town, vendor, app, count)).map(spoilt).filter(isPlain)),
  );
  const people = [...turned(foreign, count), ...turned(invented, count)];
  const sent: string[] = [];
  for (const [index, tokens] of people.entries()) {
    const user = `${app}-stray-${index}`;
    for (const { vendor, token } of tokens)
      await town.http('PUT', `/v1/devices/${user}-${vendor}/push`, {
        bearer: town.serverKeyOf(app),
        body: { user, vendor, token },
      });
    const { messageId } = await town.http<{ messageId: string }>('POST', '/v1/messages', {
      bearer: town.serverKeyOf(app),
      body: {
        sender: 'ana',
        recipients: [user],
        content: { type: 'text', text: 'astray' },
        pushConfig: { title: 'Ana', content: 'astray' },
        clientMessageId: user,
      },
    });
    sent.push(messageId);
  }
  return {
    messageIds: sent,
    pushes: people.flat().length,
    async shown() {
      const screens = foreign.flat().map(({ phoneId }) => town.sandbox.lockScreen(phoneId));
      return (await Promise.all(screens)).flat().length;
    },
    async refused() {
      const attempts = sent.map((messageId) => entriesOf(town, messageId, 'push-attempted'));
      const outcomes = (await Promise.all(attempts)).flat().flatMap(({ data }) => data.outcomes);
      return outcomes.filter(({ outcome }) => outcome.kind === 'rejected').length;
    },
  };
}

async function tokensOf(town: Town, vendor: VendorName, app: string, count: number): Promise<Token[]> {
  const phones = await town.sandbox.addPhones(vendor, count, app);
  return phones.map((phone) => ({ vendor, ...phone }));
}

/** Its last letters and digits in another order: it looks like one. */
function spoilt({ token, ...phone }: Token): Token {
  const turned = token.replace(/[A-Za-z0-9]{8}(?=[^A-Za-z0-9]*$)/, (end) => end.split('').reverse().join(''));
  return { ...phone, token: turned };
}

/** Of a token with parts a worker sends one part only, so the vendor may well know it. */
const isPlain = ({ token }: Token): boolean => /^[\w:-]+$/.test(token);

/** Of each vendor's tokens one for each person. */
function turned(byVendor: readonly (readonly Token[])[], count: number): Token[][] {
  return Array.from({ length: count }, (_, index) => byVendor.flatMap((tokens) => tokens[index] ?? []));
}
