// The last --import of all, where the user has some: from here on _HANDLER names our handler module.
globalThis["lambda-coverage:handler"]?.redirect();
