@rem The scripts of package.json begin with exec, as a POSIX shell needs it; cmd.exe finds this and runs the rest.
@%*
