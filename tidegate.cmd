@echo off
rem Starts Tidegate from a checkout on Windows: finds a JDK 25, builds when the sources changed, starts the JVM.
rem Exit status 2: no JDK 25, no Maven, or a --memory that cannot be. 1: the build failed. Else the command's own.
rem TIDEGATE_JVM_OPTS is passed to the JVM last, so it wins.
rem ./tidegate explains the flags. Unlike there: no AOT cache, and two first starts at once are not kept apart.
setlocal EnableExtensions DisableDelayedExpansion
set "ROOT=%~dp0"
set "ROOT=%ROOT:~0,-1%"

call :find_jdk
if not defined JDK (
  echo tidegate: no JDK 25 found. Get one with: winget install EclipseAdoptium.Temurin.25.JDK ; or set JAVA_HOME 1>&2
  exit /b 2
)

set ARGUMENTS=%*
if /i "%~1"=="bench" goto bench
set "MODULE=cli"
set "MAIN=io.tidegate.cli.Main"
set "LIMITS=-Xmx64m -XX:MaxDirectMemorySize=64m -XX:NewRatio=4"
call :plan_memory %*
if errorlevel 1 exit /b 2
goto start

:bench
set "MODULE=proof"
set "MAIN=io.tidegate.proof.Main"
set "LIMITS="
set ARGUMENTS=%ARGUMENTS:~5%

:start
set "TARGET=%ROOT%\%MODULE%\target"
set "STAMP=%TARGET%\sources.txt"
set "NOW=%TEMP%\tidegate-sources-%RANDOM%%RANDOM%.txt"
call :list_sources >"%NOW%"
fc /b "%NOW%" "%STAMP%" >nul 2>&1
if errorlevel 1 (
  call :build
  if errorlevel 1 exit /b
) else (
  del "%NOW%"
)

"%JDK%\bin\java.exe" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders --enable-native-access=ALL-UNNAMED ^
  -Dio.netty.allocator.type=pooled -Dio.netty.leakDetection.level=disabled %LIMITS% "-Dtidegate.home=%ROOT%" %TIDEGATE_JVM_OPTS% ^
  -cp "%TARGET%\app\*;%TARGET%\lib\*" %MAIN% %ARGUMENTS%
exit /b %ERRORLEVEL%

rem ---- a JDK 25: JAVA_HOME, java on PATH, the places where installers put one
:find_jdk
set "JDK="
if defined JAVA_HOME call :try_jdk "%JAVA_HOME%"
for /f "delims=" %%j in ('where java 2^>nul') do call :try_jdk "%%~dpj.."
for /d %%j in ("%ProgramFiles%\Eclipse Adoptium\jdk-25*" "%ProgramFiles%\Java\jdk-25*" "%ProgramFiles%\Microsoft\jdk-25*" ^
  "%ProgramFiles%\Zulu\zulu-25*" "%ProgramFiles%\Amazon Corretto\jdk25*" "%LocalAppData%\Programs\Eclipse Adoptium\jdk-25*" ^
  "%UserProfile%\.jdks\*") do call :try_jdk "%%~fj"
exit /b 0

:try_jdk
if defined JDK exit /b 0
if not exist "%~1\bin\javac.exe" exit /b 0
findstr /r /c:"^JAVA_VERSION=.25[^0-9]" "%~1\release" >nul 2>&1
if not errorlevel 1 set "JDK=%~f1"
exit /b 0

rem ---- --memory SIZE: 35 % heap, 35 % direct memory, the rest for the JVM; counted in MiB, for cmd knows 32 bits only.
rem cmd takes = for a blank between arguments, so --memory=SIZE arrives here as two.
:plan_memory
if "%~1"=="" exit /b 0
if "%~1"=="--" exit /b 0
if not "%~1"=="--memory" (
  shift
  goto plan_memory
)
set "SIZE=%~2"
if not defined SIZE goto bad_memory
set "NUMBER=%SIZE:~0,-1%"
set "UNIT=%SIZE:~-1%"
echo(%NUMBER%| findstr /r /x "[1-9][0-9]*" >nul || goto bad_memory
if not "%NUMBER:~7%"=="" goto bad_memory
set "MIB="
if /i "%UNIT%"=="g" if "%NUMBER:~4%"=="" set /a MIB=NUMBER*1024
if /i "%UNIT%"=="m" set /a MIB=NUMBER
if /i "%UNIT%"=="k" set /a MIB=NUMBER/1024
if not defined MIB goto bad_memory
set /a PART=MIB*35/100
set /a REST=MIB-2*PART
if %MIB% lss 192 (
  echo tidegate: --memory %SIZE% is less than 192m: heap 35 %% = %PART%m, direct memory 35 %% = %PART%m, leaves %REST%m for the JVM, which needs 58m; write it like --memory 256m 1>&2
  exit /b 2
)
set "LIMITS=-Xmx%PART%m -XX:MaxDirectMemorySize=%PART%m -XX:NewRatio=4 -Dtidegate.memory=%SIZE%"
exit /b 0

:bad_memory
echo tidegate: --memory %SIZE% is not a size; write it like --memory 256m (k, m or g) 1>&2
exit /b 2

rem ---- time, size and name of everything that is built
:list_sources
for %%f in ("%ROOT%\pom.xml" "%ROOT%\.mvn\jvm.config" "%JDK%\release") do echo %%~tzf %%f
for %%m in (ledger testkit core dialects tunnel cli proof) do (
  if exist "%ROOT%\%%m\pom.xml" call :list_module "%ROOT%\%%m"
)
exit /b 0

:list_module
for %%f in ("%~1\pom.xml") do echo %%~tzf %%f
for /r "%~1\src\main" %%f in (*) do echo %%~tzf %%f
exit /b 0

:build
where mvn >nul 2>&1
if errorlevel 1 (
  echo tidegate: no Maven found. Get 3.8.7 or newer with: winget install Apache.Maven 1>&2
  exit /b 2
)
echo tidegate: building (the sources are new or changed) 1>&2
if exist "%TARGET%\lib" rmdir /s /q "%TARGET%\lib"
if exist "%TARGET%\app" rmdir /s /q "%TARGET%\app"
del /q "%STAMP%" "%TARGET%\tidegate-%MODULE%-*.jar" >nul 2>&1
pushd "%ROOT%"
rem a variable of this script only: setlocal ends with it
set "JAVA_HOME=%JDK%"
call mvn -q -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip -pl %MODULE% -am package 1>&2
if errorlevel 1 (
  popd
  echo tidegate: the build failed 1>&2
  exit /b 1
)
popd
mkdir "%TARGET%\app"
copy /b "%TARGET%\tidegate-%MODULE%-*.jar" "%TARGET%\app\" >nul
move /y "%NOW%" "%STAMP%" >nul
exit /b 0
