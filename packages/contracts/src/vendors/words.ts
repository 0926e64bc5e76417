import type { z } from 'zod';
import type { PushClass } from '../push/resource.js';
import type { Strategy } from '../push/vendor.js';

/** What the contracts say of one vendor: the shapes of its settings and of its part of a strategy, and what they must agree on. */
export interface VendorWords<Settings extends z.ZodType = z.ZodType, Section extends z.ZodType = z.ZodType> {
  /** `vendors.<name>` of an app. */
  readonly settings: Settings;
  /** `vendors.<name>` of a strategy. Every field has a default or may be left out: a strategy need not name a vendor. */
  readonly strategy: Section;
  /** What can reach an app through this vendor; any other strategy is withheld(strategy-unsupported), or its fallback is taken. */
  readonly strategies: readonly Strategy[];
  /** Pushes whose notification this vendor takes off the phone again when it is asked to; left out: none. */
  readonly withdraws?: readonly Strategy[];
  /**
   * The bundles or packages that a device of an app may register with, since its pushes name the device's own: a client must not
   * choose another. Left out: pushes name none, and a device's does not matter.
   */
  bundlesOf?(settings: z.infer<Settings>): DeclaredBundles;
  /** Whether calls go to a token of their own (Apple's VoIP token). */
  readonly hasCallToken: boolean;
  /** What does not fit together in one strategy for an app with these settings, one sentence each; the path leads on from the section. */
  readonly lint: (section: z.infer<Section>, context: LintContext<z.infer<Settings>>) => readonly LintFault[];
}

export interface DeclaredBundles {
  readonly names: readonly string[];
  /** The field of the settings that takes more of them. */
  readonly declaredIn: string;
}

export interface LintContext<Settings> {
  readonly pushClass: PushClass;
  readonly strategy: Strategy;
  readonly settings: Settings;
}

export interface LintFault {
  readonly path: readonly (string | number)[];
  /** What is wrong and what to write instead. */
  readonly message: string;
}
