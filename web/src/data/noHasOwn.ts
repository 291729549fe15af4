// Replaces a polyfill and its helper: browsers have this.
export default Object.hasOwn;
