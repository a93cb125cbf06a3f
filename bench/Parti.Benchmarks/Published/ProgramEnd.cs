using System.Diagnostics;

namespace Parti.Benchmarks.Published;

/// <summary>How a program ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Error">What it wrote on standard error.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="PeakBytes">Most memory that was resident, as often as it was looked at.</param>
sealed record ProgramEnd(int Code, string Error, double Seconds, long PeakBytes)
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Runs a program to its end.</summary>
    public static async Task<ProgramEnd> OfAsync(string program, string[] arguments, Dictionary<string, string> environment, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        long started = Stopwatch.GetTimestamp(), peak = 0;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), error = process.StandardError.ReadToEndAsync(cancellationToken);
        Task ended = process.WaitForExitAsync(cancellationToken);
        while (await Task.WhenAny(ended, Task.Delay(Look, cancellationToken)) != ended)
        {
            process.Refresh();
            peak = process.HasExited ? peak : Math.Max(peak, process.PeakWorkingSet64);
        }
        await ended;
        await output;
        return new(process.ExitCode, await error, Stopwatch.GetElapsedTime(started).TotalSeconds, peak);
    }
}
