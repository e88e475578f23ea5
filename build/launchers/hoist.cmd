@echo off
rem Starts Hoist from a shell. With arguments: runs a command (hoist --help). Otherwise: opens a window.
if "%~1"=="" (
  start "" "%~dp0..\Hoist.exe"
) else (
  "%~dp0..\Hoist.exe" --log-level=3 --command-line -- %*
)
