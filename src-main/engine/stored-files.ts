/** Makes and revokes links of files that are done, and deletes these files. */
import { AppFailure, failure } from '../../src-shared/errors.ts';
import type { Link, LinkOverride, UploadId, UploadIn, Verification } from '../../src-shared/upload.ts';
import { requestTimeoutMs } from './cleanup-queue.ts';
import type { Ledger } from './ledger.ts';
import type { Ports } from './ports.ts';
import { currentProfileId } from './schedule.ts';

export class StoredFiles {
  readonly #ports: Ports;
  readonly #ledger: Ledger;

  constructor(ports: Ports, ledger: Ledger) {
    this.#ports = ports;
    this.#ledger = ledger;
  }

  /**
   * Deletes the stored file, then removes the entry from the list.
   * @throws AppFailure invalid-input when the upload is not done; stalled; the failures of connecting and deleting
   */
  async unpublish(id: UploadId): Promise<void> {
    const { records, destinations, events } = this.#ports;
    const upload = this.#doneUpload(id);
    const destination = await destinations.connect(currentProfileId(upload));
    await this.#withTimeout((signal) => destination.discard({ ref: upload.ref }, signal));
    records.remove(id);
    events.removed(id);
  }

  /**
   * Returns a link that works now. Makes a new one when the last one has expired or `linkOverride` asks for another
   * kind.
   * @throws AppFailure invalid-input when the upload is not done; forbidden when its link was revoked; stalled; the
   * failures of connecting and linking
   */
  async link(id: UploadId, linkOverride?: LinkOverride): Promise<Link> {
    const { records, clock, destinations } = this.#ports;
    const upload = this.#doneUpload(id);
    if (upload.revokedAt !== undefined) throw failure('forbidden', { params: { why: 'revoked' } });
    if (!linkOverride && (upload.link.expiresAt === undefined || upload.link.expiresAt > clock.now()))
      return upload.link;
    const destination = await destinations.connect(currentProfileId(upload));
    const link = await this.#withTimeout((signal) =>
      destination.link(upload.ref, signal, linkOverride ?? upload.linkOverride),
    );
    if (records.claim(id)) this.#ledger.applyAndRelease(id, { type: 'relinked', link });
    return link;
  }

  /**
   * Makes the link of a stored file stop working. The file stays stored, and its entry stays in the list.
   * @returns the result of opening the link again; `verified` while the service's caches still have the file
   * @throws AppFailure invalid-input when the upload is not done; forbidden when the destination cannot revoke this
   * link; stalled; the failures of connecting and revoking
   */
  async revokeLink(id: UploadId): Promise<Verification> {
    const { records, clock, destinations, links } = this.#ports;
    const upload = this.#doneUpload(id);
    const destination = await destinations.connect(currentProfileId(upload));
    if (!destination.revokeLink) throw failure('forbidden', { params: { why: 'noRevoke' } });
    await this.#withTimeout((signal) => destination.revokeLink!(upload.ref, signal));
    const verification = await this.#withTimeout((signal) =>
      destination.probe
        ? destination.probe(upload.link, upload.size, signal)
        : links.probe(upload.link, upload.size, signal),
    );
    if (records.claim(id)) this.#ledger.applyAndRelease(id, { type: 'link-revoked', verification, at: clock.now() });
    return verification;
  }

  #doneUpload(id: UploadId): UploadIn<'done'> {
    const upload = this.#ports.records.get(id);
    if (upload?.status !== 'done') throw failure('invalid-input');
    return upload;
  }

  async #withTimeout<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const cancelTimer = this.#ports.clock.after(requestTimeoutMs, () => timeout.abort('timeout'));
    try {
      return await act(timeout.signal);
    } catch (cause) {
      if (timeout.signal.aborted && cause instanceof AppFailure && cause.error.code === 'canceled')
        throw failure('stalled', {}, cause);
      throw cause;
    } finally {
      cancelTimer();
    }
  }
}
