using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Parti.Testing;

/// <summary>A program that runs until it is killed: its lines can be waited for, and it can be stopped and let go on as a whole.</summary>
public class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly List<(Func<string, bool> Fits, TaskCompletionSource<string> Found)> _waiting = [];
    private readonly Lock _lock = new();

    private ServerProcess(Process process) => _process = process;

    /// <summary>Operating system's number of the process.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it printed so far, on either stream.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>What it printed on standard error so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>Starts a program.</summary>
    public static ServerProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        ServerProcess server = new(new() { StartInfo = start, EnableRaisingEvents = true });
        server._process.OutputDataReceived += (_, line) => server.Note(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.NoteError(line.Data);
        server._process.Exited += (_, _) => server.NoteExit();
        server._process.Start();
        server._process.StandardInput.Close();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>A port of this machine that nobody listens on.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The first line, printed already or to come, that fits.</summary>
    /// <exception cref="InvalidOperationException">The program ended without one.</exception>
    public Task<string> LineAsync(Func<string, bool> fits, CancellationToken cancellationToken) => LineAsync(fits, onlyNew: false, cancellationToken);

    /// <summary>The first line printed from now on that fits.</summary>
    /// <exception cref="InvalidOperationException">The program ended without one.</exception>
    public Task<string> NextLineAsync(Func<string, bool> fits, CancellationToken cancellationToken) => LineAsync(fits, onlyNew: true, cancellationToken);

    private Task<string> LineAsync(Func<string, bool> fits, bool onlyNew, CancellationToken cancellationToken)
    {
        TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (!onlyNew && _lines.FirstOrDefault(fits) is { } line)
            {
                return Task.FromResult(line);
            }

            _waiting.Add((fits, found));
        }

        if (_process.HasExited)
        {
            NoteExit();
        }

        return found.Task.WaitAsync(Patience, cancellationToken);
    }

    /// <summary>Waits until it ends by itself.</summary>
    public Task ExitAsync(CancellationToken cancellationToken) => _process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop in order, and waits for that.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync().WaitAsync(patience);
    }

    /// <summary>Takes the processor away from it.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Gives the processor back to it.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            _lines.Enqueue(line);
            foreach ((Func<string, bool> fits, TaskCompletionSource<string> found) in _waiting.Where(waiting => waiting.Fits(line)).ToList())
            {
                found.TrySetResult(line);
            }

            _waiting.RemoveAll(waiting => waiting.Found.Task.IsCompleted);
        }
    }

    private void NoteError(string? line)
    {
        if (line is not null)
        {
            _errors.Enqueue(line);
        }

        Note(line);
    }

    private void NoteExit()
    {
        // Its last lines come after the news of its end.
        _process.WaitForExit();
        lock (_lock)
        {
            foreach ((_, TaskCompletionSource<string> found) in _waiting)
            {
                found.TrySetException(new InvalidOperationException($"{_process.StartInfo.FileName} ended with {_process.ExitCode}:\n{Output}"));
            }
        }
    }
}
