/** Small images that the build inlines as data URLs. */
declare module '*.png?inline' {
  const dataUrl: string;
  export default dataUrl;
}
