# Runs Echo Runtime from this folder on Windows (PowerShell 5.1 or later). The first use makes .venv here and installs
# what is needed; later uses start at once. Interrupted set-ups go on where they stopped, and two starts at the same
# time set up only once. If scripts are not allowed: powershell -ExecutionPolicy Bypass -File echo-runtime.ps1 demo
#
# ECHO_PYTHON   the Python 3.11 or 3.12 to make .venv with, instead of the one that `py` finds
# ECHO_TORCH    cpu or cuda, instead of what fits the machine

$SetupVersion = '1'
$Torch = 'torch>=2.11,<2.14'
$TorchFallback = 'torch==2.13.0'
$CpuIndex = 'https://download.pytorch.org/whl/cpu'
# PyPI has only the CPU build for Windows; the CUDA builds have an index per CUDA version, newest first
$CudaIndexes = 'https://download.pytorch.org/whl/cu130', 'https://download.pytorch.org/whl/cu128', 'https://download.pytorch.org/whl/cu126'

$Here = $PSScriptRoot
$Venv = Join-Path $Here '.venv'
$Python = Join-Path $Venv 'Scripts\python.exe'
$Arguments = $args

function Say([string]$Text) { [Console]::Error.WriteLine("echo-runtime: $Text") }
function Fail([string]$Text) { Say $Text; exit 2 }

if (-not (Test-Path (Join-Path $Here 'pyproject.toml'))) {
    Fail "$Here is not a checkout of Echo Runtime: it holds no pyproject.toml."
}

# what the command needs besides the runtime itself
$Extras = @()
foreach ($Word in $Arguments) {
    if ("$Word".StartsWith('-')) { continue }
    if ($Word -eq 'train') { $Extras = @('train') }
    if ($Word -eq 'evaluate') { $Extras = @('train', 'evaluate') }
    if ($Word -eq 'test') { $Extras = @('train', 'evaluate', 'test') }
    break
}

# a set-up holds for this pyproject.toml in this folder: a moved folder or changed pins are set up again
$Stamp = "$SetupVersion $((Get-FileHash -Algorithm SHA256 (Join-Path $Here 'pyproject.toml')).Hash) $Here"

function Get-StampFile([string]$Part) { Join-Path $Venv ".echo-runtime-$Part" }

function Test-Installed([string]$Part) {
    $File = Get-StampFile $Part
    (Test-Path $File) -and ([IO.File]::ReadAllText($File).Trim() -eq $Stamp)
}

function Set-Installed([string]$Part) { [IO.File]::WriteAllText((Get-StampFile $Part), $Stamp) }

function Test-Ready {
    if (-not (Test-Path $Python)) { return $false }
    foreach ($Part in @('runtime', 'libraries') + $Extras) {
        if (-not (Test-Installed $Part)) { return $false }
    }
    return $true
}

# Progress goes to the console; when the output is redirected it goes to standard error, because standard output
# belongs to the command that follows.
function Invoke-Shown([string]$Program, [string[]]$Words) {
    if ([Console]::IsOutputRedirected) {
        & $Program @Words | ForEach-Object { [Console]::Error.WriteLine($_) }
    } else {
        & $Program @Words | Out-Host
    }
    return ($LASTEXITCODE -eq 0)
}

function Invoke-Pip([string[]]$Words) {
    return Invoke-Shown $Python (@('-m', 'pip', '--disable-pip-version-check') + $Words)
}

# A command line (program and its first words) is usable when it is a 64-bit Python 3.11 or 3.12 with venv.
function Test-Python([string[]]$Line) {
    if (-not (Get-Command $Line[0] -ErrorAction SilentlyContinue)) { return $false }
    $Rest = @($Line | Select-Object -Skip 1)
    $Check = 'import sys, venv, ensurepip; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 12) and sys.maxsize > 2**32))'
    try { & $Line[0] @Rest -c $Check 2>$null | Out-Null } catch { return $false }
    return ($LASTEXITCODE -eq 0)
}

function Find-Python {
    if ($env:ECHO_PYTHON) {
        if (Test-Python @($env:ECHO_PYTHON)) { return $env:ECHO_PYTHON }
        Fail "ECHO_PYTHON is $env:ECHO_PYTHON, which is not a 64-bit Python 3.11 or 3.12 with venv."
    }
    foreach ($Line in @('py', '-3.11'), @('py', '-3.12'), @('python3.11'), @('python3.12'), @('python')) {
        if (Test-Python $Line) { return $Line }
    }
    Fail 'a 64-bit Python 3.11 or 3.12 is needed; install it with: winget install Python.Python.3.11 (or set ECHO_PYTHON).'
}

function New-Environment {
    if ((Test-Path $Python) -and (Test-Python @($Python))) {
        & $Python -m pip --version | Out-Null
        if ($LASTEXITCODE -eq 0) { return }
    }
    [string[]]$Line = Find-Python
    $Rest = @($Line | Select-Object -Skip 1)
    Say "making $Venv with $($Line -join ' ')"
    # half an environment is no environment
    if (Test-Path $Venv) { Remove-Item -Recurse -Force $Venv }
    if (-not (Invoke-Shown $Line[0] ($Rest + @('-m', 'venv', $Venv)))) {
        Fail "$($Line[0]) cannot make $Venv; see the message above."
    }
}

function Install-Torch {
    $Kind = $env:ECHO_TORCH
    if (-not $Kind) {
        $Kind = 'cpu'
        if (Get-Command nvidia-smi -ErrorAction SilentlyContinue) {
            & nvidia-smi -L | Out-Null
            if ($LASTEXITCODE -eq 0) { $Kind = 'cuda' }
        }
    }
    Say "[1/3] torch ($Kind build), the largest part"
    $Indexes = if ($Kind -eq 'cuda') { $CudaIndexes } else { @($CpuIndex) }
    foreach ($Index in $Indexes) {
        if (Invoke-Pip @('install', '--retries', '0', '--timeout', '8', $Torch, '--index-url', $Index)) { return }
    }
    Say "that index cannot be used; taking $TorchFallback from the default one"
    if (-not (Invoke-Pip @('install', $TorchFallback))) {
        Fail 'torch could not be installed; see the message above. The next start goes on from here.'
    }
}

# Wheels bring their libraries on Windows, except for the Visual C++ runtime.
function Test-Libraries {
    Say '[3/3] system libraries'
    & $Python -P -c 'import cv2, torch, mediapipe' | Out-Null
    if ($LASTEXITCODE -ne 0) {
        Fail 'the installed packages cannot be imported (see above); the Visual C++ runtime is the usual cause, install it with: winget install Microsoft.VCRedist.2015+.x64'
    }
    Set-Installed 'libraries'
}

function Install-Everything {
    $Fresh = -not (Test-Installed 'runtime')
    if ($Fresh) { Say 'setting up (once; a few minutes and about 3 GB)' }
    New-Environment
    if (-not (Test-Installed 'runtime')) {
        Install-Torch
        Say '[2/3] the other packages'
        if (-not (Invoke-Pip @('install', '-e', $Here))) {
            Fail 'the packages could not be installed; see the message above. The next start goes on from here.'
        }
        Set-Installed 'runtime'
    }
    $Absent = @($Extras | Where-Object { -not (Test-Installed $_) })
    if ($Absent.Count -gt 0) {
        $Names = $Absent -join ','
        Say "packages for: $Names"
        if (-not (Invoke-Pip @('install', '-e', "${Here}[$Names]"))) {
            Fail "the packages for $Names could not be installed; see the message above."
        }
        foreach ($Part in $Absent) { Set-Installed $Part }
    }
    if (-not (Test-Installed 'libraries')) { Test-Libraries }
    Say 'set up'
}

if (-not (Test-Ready)) {
    # the name is the folder's, without the characters that a mutex name may not hold
    $Turn = New-Object System.Threading.Mutex($false, ('echo-runtime-' + ($Here -replace '[\\/:]', '-').ToLowerInvariant()))
    try {
        try {
            if (-not $Turn.WaitOne(0)) {
                Say 'another start is setting up; waiting for it'
                [void]$Turn.WaitOne()
            }
        } catch [System.Threading.AbandonedMutexException] {
            # its owner was killed: the turn is ours, and the set-up goes on where it stopped
        }
        if (-not (Test-Ready)) { Install-Everything }
    } finally {
        try { $Turn.ReleaseMutex() } catch { }
    }
}

# -P: a file of the current folder must not take the place of a module
& $Python -P -m echo_runtime @Arguments
exit $LASTEXITCODE
