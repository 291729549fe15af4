/** Whether this address can have passkeys: they need https, or this machine, and a host name. */
export const passkeysWork = 'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(window.location.hostname);
