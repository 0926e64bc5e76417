import { deviceKeyOf } from './device-key.js';

/** One event about the push job. */
interface Recorded {
  readonly targets: readonly {
    readonly user: string;
    readonly deviceId: string;
    readonly isFinal: boolean;
    readonly isUnclassified: boolean;
    readonly mayBeShown: boolean;
  }[];
}
interface Named {
  readonly user: string;
  readonly deviceId: string;
}

/**
 * Which targets of a push job may have its notification on their phone by now, by what PUSHES says, and of which nothing final is
 * known. The rest never got any. What was answered with a code that nobody knew may be shown: a redrive passes over that answer.
 */
export function shownTargets<Target extends Named>(
  targets: readonly Target[],
  records: readonly Recorded[],
): { readonly shown: readonly Target[]; readonly open: readonly Target[] } {
  const [ended, shown] = [new Set<string>(), new Set<string>()];
  for (const target of records.flatMap((record) => record.targets)) {
    if (target.isFinal) ended.add(deviceKeyOf(target));
    if (target.mayBeShown || target.isUnclassified) shown.add(deviceKeyOf(target));
  }
  const isEnded = (target: Target): boolean => ended.has(deviceKeyOf(target));
  return {
    shown: targets.filter((target) => isEnded(target) && shown.has(deviceKeyOf(target))),
    open: targets.filter((target) => !isEnded(target)),
  };
}
