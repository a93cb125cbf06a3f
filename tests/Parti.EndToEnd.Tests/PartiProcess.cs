using System.Diagnostics;

namespace Parti.EndToEnd.Tests;

/// <summary>The real command line in a process of its own, with real networks, that can be killed at any line it prints.</summary>
internal sealed class PartiProcess : IDisposable
{
    private readonly Process _process;

    public PartiProcess(string state, params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "parti.exe" : "parti"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["PARTI_HOME"] = state;
        start.Environment["PARTI_THREADS"] = "1";
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
    }

    /// <summary>The first line that fits; null when the process ended without one.</summary>
    public async Task<string?> LineAsync(Func<string, bool> fits, CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (fits(line))
            {
                return line;
            }
        }

        return null;
    }

    /// <summary>Ends the process as <c>kill -9</c> does.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits for a good end.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await _process.StandardOutput.ReadToEndAsync(cancellationToken);
        string error = await _process.StandardError.ReadToEndAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        Assert.Equal("", error);
        Assert.Equal(0, _process.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
