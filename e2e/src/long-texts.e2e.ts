import { runScenario, until } from './harness/scenario.js';
import { Town } from './harness/town.js';
import { registerPeople } from './storm/people.js';

/** Texts that a careless cut breaks, each several times longer than any vendor takes. */
const texts: readonly { readonly name: string; readonly piece: string; readonly times: number }[] = [
  { name: 'families joined of seven code points', piece: '👨‍👩‍👧‍👦', times: 300 },
  { name: 'skin tones, flags and keycaps', piece: '👍🏽🇪🇺4️⃣🏴󠁧󠁢󠁳󠁣󠁴󠁿', times: 150 },
  { name: 'Arabic with vowel signs', piece: 'السَّلَامُ عَلَيْكُمْ ', times: 180 },
  { name: 'Hebrew and Latin in turn', piece: 'שלום world ', times: 350 },
  { name: 'Devanagari conjuncts', piece: 'क्षत्रिय', times: 250 },
  { name: 'letters with stacked accents', piece: 'é̂̃', times: 700 },
  { name: '4 KB of Chinese', piece: '今天晚上我们一起去看电影好吗', times: 98 },
  { name: 'quotes and backslashes, which JSON makes longer', piece: '"\\\n', times: 1_400 },
];
const mark = '…';
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// To one person with a phone of every vendor: what the sandbox takes has the vendor's length in the vendor's own unit, and what the
// phone shows is the beginning of what was sent, up to the end of a character.
await runScenario('long-texts', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const [person] = await registerPeople(town, 'demo', 1);
  // Some phones fold what comes too often; here each push is to be seen.
  await town.sandbox.liftFrequencyLimits();
  if (person === undefined) throw new Error('nobody was registered');
  const counts = new Map<string, number>();
  for (const { name, piece, times } of texts) {
    const content = piece.repeat(times);
    const title = piece.repeat(Math.ceil(60 / piece.length));
    await town.send({ sender: 'ana', recipients: [person.user], pushConfig: { title, content } });
    for (const { vendor, phoneId } of person.phones) {
      const before = counts.get(phoneId) ?? 0;
      const shown = await until(`the ${vendor} phone shows it`, async () => {
        const screen = await town.sandbox.lockScreen(phoneId);
        return screen.length > before ? screen : null;
      });
      counts.set(phoneId, shown.length);
      const newest = shown.at(-1);
      const faults = [
        ...faultsOf('title', title, newest?.title ?? ''),
        ...faultsOf('content', content, newest?.body ?? ''),
      ];
      scenario.check(`${vendor}: ${name}`, faults.length === 0, faults.join('; '));
    }
  }
  return `vendors ${person.phones.length} texts ${texts.length}`;
});

/** Nothing, or what is wrong with what is shown of a text. */
function faultsOf(what: string, sent: string, shown: string): string[] {
  const text = shown.endsWith(mark) && !sent.startsWith(shown) ? shown.slice(0, -mark.length) : shown;
  if (text.trim() === '') return [`nothing of the ${what} is shown`];
  if (!sent.startsWith(text)) {
    // A vendor's system may strip the ends; anything else was changed on the way.
    return [`the ${what} is not the beginning of what was sent: ${JSON.stringify(text.slice(-12))}`];
  }
  if (text.length === sent.length) return [];
  const isBoundary = [...segmenter.segment(sent)].some(({ index }) => index === text.length);
  return isBoundary ? [] : [`the ${what} is cut inside a character: ${JSON.stringify(text.slice(-8))}`];
}
