import type { PushNotification } from '@reveille/contracts/push/job';
import { fitText, utf16Units } from '../fit-text.js';
import { maxParamUnits } from './xiaomi.limits.js';

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const emoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\u{20e3}/u;
/** Stands where a text has nothing that a template may hold. */
const nothing = '…';

/**
 * `template_param`: the variables of a private template, filled from the push. Xiaomi refuses values that are blank, hold an
 * emoji or have more than 128 characters, so emoji go and long values are cut.
 */
export function fillTemplate(params: Readonly<Record<string, string>>, push: PushNotification): string {
  const { title, content, sender } = push;
  const texts: Readonly<Record<string, string>> = { title, content, sender };
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(params).map(([name, text]) => {
        const filled = text.replaceAll(/\{(\w+)\}/g, (written, word: string) => texts[word] ?? written);
        return [name, paramOf(filled)];
      }),
    ),
  );
}

function paramOf(text: string): string {
  const plain = [...graphemes.segment(text)]
    .filter(({ segment }) => !emoji.test(segment))
    .map(({ segment }) => segment)
    .join('')
    .trim();
  return fitText(plain, maxParamUnits, utf16Units) || nothing;
}
