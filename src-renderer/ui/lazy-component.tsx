import { useEffect, useState, type ComponentType } from 'react';

/**
 * A component whose code comes when it is first shown. Unlike React's `lazy` it shows as soon as the code is here:
 * behind Suspense it would wait a third of a second more.
 */
export function lazyComponent<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function LazyComponent(props: Props) {
    const [Loaded, setLoaded] = useState(() => loaded);
    useEffect(() => {
      if (Loaded) return;
      void load().then((component) => {
        loaded = component;
        setLoaded(() => component);
      });
    }, [Loaded]);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
