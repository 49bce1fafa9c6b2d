"""The web service: `webhook` takes callbacks, `readiness` says how it is, `app` joins them, `server` runs it."""
