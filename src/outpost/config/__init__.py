"""Assembly: the environment, Django's settings, the routes, and which event wakes which job."""
