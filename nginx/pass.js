// A service worker that handles no request.  A front end's own worker may answer
// every navigation of the site with its page; it is not asked about the paths
// that this one is registered for.
self.addEventListener('install', () => self.skipWaiting());
