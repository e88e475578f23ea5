/** Connects an import from another program to the destinations and the history. */
import type { ImportPorts } from '../profiles/import/apply-import.ts';
import type { Profiles } from '../profiles/compose-profiles.ts';
import type { ProviderCatalog } from '../profiles/provider-catalog.ts';
import type { Store } from '../store/open.ts';
import type { CoreListeners } from './core-listeners.ts';
import { snapshotLimits } from './upload-views.ts';

/** Reports only as many imported links as a window shows; the window finds older links in the history. */
export function importPorts(
  providers: ProviderCatalog,
  { views, editor }: Profiles,
  store: Store,
  listeners: CoreListeners,
): ImportPorts {
  return {
    providers,
    views,
    editor,
    history: {
      has: (id) => store.uploads.get(id) !== undefined,
      insert: (uploads) => store.uploads.insertImported(uploads),
      added: (uploads) => {
        for (const upload of uploads.slice(0, snapshotLimits.newest))
          listeners.emit('uploadChanged', upload, 'status', 'this-process');
      },
    },
  };
}
