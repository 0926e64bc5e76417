import { systemClock } from '@reveille/chassis/clock';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { ReceiptKeys } from '@reveille/chassis/receipt-keys';
import type { ReceiptSettings } from './config.js';
import { collectDeadTokens } from './handlers/collect-dead-tokens.js';
import { recordReceipts } from './handlers/record-receipts.js';
import { RECEIPT_DOOR, ReceiptController, type ReceiptDoor } from './inbound/http/receipt.controller.js';
import type { AppLines, AppLinesOptions } from './outbound/app-lines.js';
import type { CredentialSource } from './outbound/credential-source.js';
import { openReceiptKeyReader } from './outbound/receipt-key-reader.js';
import { openFeedbackTurns } from './outbound/feedback-turns.js';
import { openReceiptFacts } from './outbound/receipt-facts.js';
import { openReceiptJournal } from './outbound/receipt-journal.js';
import { openReceiptWatch } from './outbound/receipt-watch.js';
import type { Surroundings } from './open-worker-records.module.js';

export type RecordReceipts = ReturnType<typeof recordReceipts>;

/** Where a vendor is to call back about a push, and with which word. */
export function receiptsOf(receipts: ReceiptSettings | null): AppLinesOptions['receiptsOf'] {
  if (receipts === null) return () => () => ({ receiptUrl: null, receiptParam: null });
  const { keys, publicUrl } = receipts;
  return (app, vendor) => {
    const receiptUrl = publicUrl + keys.pathOf(app, vendor);
    return (messageId) => ({ receiptUrl, receiptParam: keys.paramOf(app, vendor, messageId) });
  };
}

interface ReceiptSurroundings extends Omit<Surroundings, 'health'> {
  readonly lines: AppLines;
  readonly source: CredentialSource;
}

/** Wires what vendors tell later: their callbacks, and their lists of dead tokens. */
export function openReceipts({ config, bus, logger, metrics, lines, source }: ReceiptSurroundings) {
  const { sealing, receipts } = config;
  const watch = openReceiptWatch(metrics, logger);
  const journal = openReceiptJournal(bus, { clock: systemClock, uuid: () => systemIds.uuid() });
  const keep = { facts: openReceiptFacts(bus, sealing), journal, kept: watch.kept };
  const record = recordReceipts({
    lines,
    keep,
    keyIn: openReceiptKeyReader(source, systemClock),
    messageIdIn: (app, vendor, param) => receipts?.keys.messageIdIn(app, vendor, param) ?? null,
    refused: watch.refused,
  });
  const turns = openFeedbackTurns(bus, systemClock);
  const collectOf = collectDeadTokens({ lines, turns, keep, clock: systemClock, unread: watch.unread });
  const collect = async (): Promise<void> => {
    for (const { app, vendor } of lines.all()) {
      await collectOf(app, vendor).catch((error: unknown) =>
        logger.warn('a list of dead tokens could not be kept', { app, vendor, error }),
      );
    }
  };
  return { record, collect };
}

export interface Repeated {
  /** Begins no more; resolves when what runs is done. */
  stop(): Promise<void>;
}

/** Looks for what is due, never twice at once. */
export function repeat(everyMs: number, work: () => Promise<void>): Repeated {
  let running: Promise<void> | null = null;
  const look = (): void => {
    running ??= work().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

/** The doors at which vendors call back; closed until somebody can keep what they say. */
export function receiptDoors(keys: ReceiptKeys, record: () => RecordReceipts | null, logger: Logger) {
  const door: ReceiptDoor = {
    record,
    isSecretOf: keys.isSecretOf,
    now: () => systemClock.now(),
  };
  return {
    controllers: [ReceiptController],
    providers: [{ provide: RECEIPT_DOOR, useValue: door }],
    logger,
  };
}
