/** Small images that the build puts into the code as data URLs. */
declare module '*.png?inline' {
  const dataUrl: string;
  export default dataUrl;
}
