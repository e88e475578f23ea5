/**
 * Keeps the page from leaving. Main cancels other navigations, but Chromium does not report those to about: addresses
 * before they happen. If the page leaves despite this, main loads it again.
 */

interface NavigateEvent extends Event {
  destination: { sameDocument: boolean };
}

export function blockNavigation(): void {
  const { navigation } = globalThis as unknown as { navigation: EventTarget };
  navigation.addEventListener('navigate', (event) => {
    if (!(event as NavigateEvent).destination.sameDocument) event.preventDefault();
  });
}
