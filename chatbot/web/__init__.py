"""The web service: `webhook` takes callbacks, `app` is the Starlette application, `server` runs it."""
