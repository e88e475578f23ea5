import { useEffect, useState, type ComponentType } from 'react';

/**
 * A component whose code loads when the component is first shown. It appears as soon as the code has loaded. With
 * React's `lazy`, Suspense would delay it by another third of a second.
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
