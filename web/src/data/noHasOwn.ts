// Replaces a polyfill and its helper, because browsers have this function.
export default Object.hasOwn;
