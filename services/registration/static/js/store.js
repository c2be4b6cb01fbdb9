// IndexedDB: `records` by registration_id, `settings` by name. One small file, so that nothing else knows of requests.

const NAME = "counter", VERSION = 1;
let opened = null;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("records", { keyPath: "id" });
      request.result.createObjectStore("settings");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

// Runs `work` on one store in one transaction. Resolves with its request's result once the transaction is on disk: a
// record that the clerk sees as kept is kept.
async function within(name, mode, work) {
  const db = await database();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode, { durability: "strict" });
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const records = {
  all: () => within("records", "readonly", (store) => store.getAll()),
  get: (id) => within("records", "readonly", (store) => store.get(id)),
  put: (record) => within("records", "readwrite", (store) => store.put(record)),
  remove: (id) => within("records", "readwrite", (store) => store.delete(id)),
};

export const settings = {
  get: (name) => within("settings", "readonly", (store) => store.get(name)),
  put: (name, value) => within("settings", "readwrite", (store) => store.put(value, name)),
  remove: (name) => within("settings", "readwrite", (store) => store.delete(name)),
  // The value of that name; `value` where there is none yet. One transaction, so two windows agree.
  async keepFirst(name, value) {
    await within("settings", "readwrite", (store) => {
      const request = store.get(name);
      request.onsuccess = () => { if (request.result === undefined) store.put(value, name); };
      return request;
    });
    return this.get(name);
  },
};
