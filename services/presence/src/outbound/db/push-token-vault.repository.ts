import { guard } from '@reveille/chassis/database';
import { keyIdOf, type Sealing } from '@reveille/chassis/sealing';
import type { Instant } from '@reveille/contracts/ids';
import { type Kysely, sql } from 'kysely';
import type { TokenVault } from '../../ports.js';
import type { SealNow } from './device-lookup.repository.js';
import type { PresenceTables, VaultRow } from './schema.js';

export interface PushTokenVault extends TokenVault {
  readonly sealNow: SealNow;
  /**
   * Removes rows that were registered before `before` and that no binding names, or only one that is dead since before
   * `deadBefore`; says how many.
   */
  sweep(before: Instant, deadBefore: Instant): Promise<number>;
  /** Seals up to a hundred rows anew that a former key sealed; says how many there were. */
  resealSome(): Promise<number>;
}

/** The vault on its shelf. Tokens are sealed on their way in and stay so. */
export function createPushTokenVault(db: Kysely<PresenceTables>, sealing: Sealing): PushTokenVault {
  const sealNow: SealNow = async ({ app, deviceId, tokenRef, sealedToken }) => {
    if (keyIdOf(sealedToken) === sealing.currentKeyId) return sealedToken;
    if (!sealing.keyIds.includes(keyIdOf(sealedToken))) return null;
    const owner = { app, deviceId };
    const sealed = sealing.seal(sealing.open(sealedToken, owner), owner);
    // Only over what was read: the device may have handed us its token again meanwhile.
    await guard(() =>
      sql`
        update presence.push_token_vault set sealed_token = ${sealed}, key_id = ${sealing.currentKeyId}
        where app_id = ${app} and device_id = ${deviceId} and token_ref = ${tokenRef}
          and sealed_token = ${sealedToken}`.execute(db),
    );
    return sealed;
  };
  return {
    sealNow,
    async keep(owner, tokenRef, token, at) {
      const sealed = sealing.seal(token, owner);
      await guard(() =>
        sql`
          insert into presence.push_token_vault
            (app_id, device_id, token_ref, sealed_token, key_id, registered_at)
          values (${owner.app}, ${owner.deviceId}, ${tokenRef}, ${sealed}, ${sealing.currentKeyId}, ${at})
          on conflict (app_id, device_id, token_ref) do update set
            sealed_token = excluded.sealed_token, key_id = excluded.key_id,
            registered_at = greatest(push_token_vault.registered_at, excluded.registered_at)`.execute(db),
      );
    },
    registeredAt: ({ app, deviceId }, tokenRef) =>
      guard(async () => {
        const { rows } = await sql<Pick<VaultRow, 'registered_at'>>`
          select registered_at from presence.push_token_vault
          where app_id = ${app} and device_id = ${deviceId} and token_ref = ${tokenRef}`.execute(db);
        return rows[0]?.registered_at ?? null;
      }),
    sweep: (before, deadBefore) =>
      guard(async () => {
        const { numAffectedRows } = await sql`
          delete from presence.push_token_vault v
          where v.registered_at < ${before} and not exists (
            select from presence.binding b
            where b.app_id = v.app_id and b.device_id = v.device_id and b.token_ref = v.token_ref
              and (b.state <> 'dead' or b.dead_at >= ${deadBefore}))`.execute(db);
        return Number(numAffectedRows ?? 0n);
      }),
    async resealSome() {
      const { rows } = await guard(() =>
        sql<VaultRow>`
          select * from presence.push_token_vault
          where key_id <> ${sealing.currentKeyId} and key_id = any(${sealing.keyIds}) limit 100`.execute(db),
      );
      for (const row of rows) {
        const { app_id: app, device_id: deviceId, token_ref: tokenRef, sealed_token: sealedToken } = row;
        await sealNow({ app, deviceId, tokenRef, sealedToken });
      }
      return rows.length;
    },
  };
}
