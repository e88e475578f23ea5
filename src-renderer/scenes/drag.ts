/** Simulates files or text that the user drags over the window. */

/** @param fill puts the dragged items into the transfer */
export function drag(fill: (transfer: DataTransfer) => void): () => void {
  return () => {
    const dataTransfer = new DataTransfer();
    fill(dataTransfer);
    window.dispatchEvent(new DragEvent('dragenter', { dataTransfer, bubbles: true, cancelable: true }));
  };
}
export const threeFiles = (transfer: DataTransfer): void =>
  ['a.png', 'b.png', 'c.png'].forEach((name) => transfer.items.add(new File(['x'], name)));
