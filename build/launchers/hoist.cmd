@echo off
rem Hoist from a shell: with arguments one command (hoist --help), without any the window.
if "%~1"=="" (
  start "" "%~dp0..\Hoist.exe"
) else (
  "%~dp0..\Hoist.exe" --log-level=3 --command-line -- %*
)
