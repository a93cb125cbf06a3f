using System.Diagnostics;
using System.Globalization;

namespace Parti.Testing;

/// <summary>Cuts TCP connections of this machine: what was on its way over them is lost. Needs root, ss and a kernel that lets it.</summary>
public static class TcpCut
{
    /// <summary>Whether connections can be cut here.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
        && (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "ss")));

    /// <summary>Cuts every connection to or from some ports.</summary>
    /// <returns>How many there were.</returns>
    public static async Task<int> CutAsync(IEnumerable<int> ports, CancellationToken cancellationToken)
    {
        string filter = string.Join(" or ", ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"sport = :{port} or dport = :{port}")));
        using Process ss = Process.Start(new ProcessStartInfo("ss", ["--kill", "--tcp", "--no-header", "state", "established", $"( {filter} )"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string cut = await ss.StandardOutput.ReadToEndAsync(cancellationToken);
        await ss.WaitForExitAsync(cancellationToken);
        return cut.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }
}
