import type { PushNotification } from '@reveille/contracts/push/job';

/** A vendor's words, as far as its section of a strategy goes (`contracts/vendors/<vendor>.ts`). */
interface SectionWords<Section> {
  readonly strategy: {
    safeParse(
      section: unknown,
    ): { readonly success: true; readonly data: Section } | { readonly success: false };
    parse(section: unknown): Section;
  };
}

/**
 * What the push's strategy says to this vendor alone, defaults filled in. A section that does not fit its shape, which only a
 * job from before a change of that shape can have, says nothing.
 */
export function strategyOptions<Section>(
  { strategy }: SectionWords<Section>,
  { resource }: Pick<PushNotification, 'resource'>,
): Section {
  const read = strategy.safeParse(resource?.options ?? {});
  return read.success ? read.data : strategy.parse({});
}
