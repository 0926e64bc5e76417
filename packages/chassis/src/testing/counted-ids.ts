import type { IdSource } from '../id-source.js';

/** Ids that count up, the same in every run: `00000000-0000-7000-8000-000000000001`, … */
export function countedIds(): IdSource {
  let last = 0;
  const next = (): number => {
    last += 1;
    return last;
  };
  return {
    uuid: () => `00000000-0000-7000-8000-${String(next()).padStart(12, '0')}`,
    token: (bytes) => String(next()).padStart(Math.ceil((bytes * 4) / 3), 't'),
    random: () => 0.5,
  };
}
