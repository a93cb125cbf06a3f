using System.Globalization;

namespace Parti.Native;

/// <summary>How many cores this process owns: physical cores within its affinity, cut by its control group's quota.</summary>
public static class ProcessorBudget
{
    /// <summary>Threads that compute without disturbing each other, at least 1.</summary>
    /// <remarks>
    /// <see cref="Environment.ProcessorCount"/> knows affinity and rounds a quota up. Threads that spin at barriers are
    /// throttled by a quota they exceed, so here it is rounded down, and hyper-threads of one core count once.
    /// </remarks>
    public static int Cores { get; } = OperatingSystem.IsLinux() ? LinuxCores("/") : Environment.ProcessorCount;

    /// <summary>The thread count in force.</summary>
    /// <param name="requested">A count asked for in code, or null.</param>
    /// <param name="variable">The value of <see cref="TorchOptions.ThreadsVariable"/>, or null.</param>
    /// <param name="cores">Cores owned, the default.</param>
    /// <exception cref="TorchStartException">A count is no number or below 1.</exception>
    public static int Threads(int? requested, string? variable, int cores)
    {
        if (requested is { } count)
        {
            return count >= 1 ? count : throw new TorchStartException($"Threads is {count}; it must be at least 1. Leave it out for one thread a core ({cores}).");
        }
        if (string.IsNullOrWhiteSpace(variable))
        {
            return Math.Max(1, cores);
        }
        return int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1
            ? count
            : throw new TorchStartException($"{TorchOptions.ThreadsVariable} is '{variable}'; it must be a whole number of at least 1. Unset it for one thread a core ({cores}).");
    }

    /// <summary>Cores owned on Linux, at least 1.</summary>
    /// <param name="root">Where <c>proc</c> and <c>sys</c> lie; <c>/</c> outside of tests.</param>
    internal static int LinuxCores(string root)
    {
        int cores = PhysicalCores(root) ?? Environment.ProcessorCount;
        return Math.Max(1, Quota(root) is { } quota ? Math.Min(cores, (int)quota) : cores);
    }

    /// <summary>Distinct sets of hyper-thread siblings among the processors this process may run on.</summary>
    static int? PhysicalCores(string root)
    {
        string? allowed = Lines(Path.Combine(root, "proc/self/status"))
            .FirstOrDefault(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        if (allowed is null)
        {
            return null;
        }
        HashSet<string> siblings = [];
        foreach (int processor in Range(allowed[(allowed.IndexOf(':') + 1)..].Trim()))
        {
            string topology = Path.Combine(root, $"sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list");
            siblings.Add(Lines(topology).FirstOrDefault() ?? $"cpu{processor}");
        }
        return siblings.Count == 0 ? null : siblings.Count;
    }

    /// <summary>The smallest processor quota of the control groups this process is in (version 2, then 1), in cores.</summary>
    static double? Quota(string root)
    {
        double? smallest = null;
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3 || (parts[1].Length > 0 && !parts[1].Split(',').Contains("cpu")))
            {
                continue;
            }
            string mount = Path.Combine(root, parts[1].Length == 0 ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu");
            for (string? group = parts[2].Trim('/'); group is not null; group = Parent(group))
            {
                string folder = Path.Combine(mount, group);
                double? quota = parts[1].Length == 0
                    ? Ratio(Lines(Path.Combine(folder, "cpu.max")).FirstOrDefault()?.Split(' '))
                    : Ratio([.. Lines(Path.Combine(folder, "cpu.cfs_quota_us")), .. Lines(Path.Combine(folder, "cpu.cfs_period_us"))]);
                smallest = quota is { } found && !(found >= smallest) ? found : smallest;
            }
        }
        return smallest;
    }

    static string? Parent(string group)
        => group.Length == 0 ? null : group.LastIndexOf('/') is var slash and >= 0 ? group[..slash] : "";

    static double? Ratio(string[]? pair)
        => pair is [var quota, var period]
            && double.TryParse(quota, CultureInfo.InvariantCulture, out double q)
            && double.TryParse(period, CultureInfo.InvariantCulture, out double p) && q > 0 && p > 0 ? q / p : null;

    /// <summary>Numbers of a kernel list such as <c>0-3,8</c>.</summary>
    static IEnumerable<int> Range(string list)
    {
        foreach (string part in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out int first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out int last))
            {
                for (int i = first; i <= last; i++)
                {
                    yield return i;
                }
            }
        }
    }

    /// <summary>Lines of a kernel file; none where it is absent or closed to this process, which means no limit is known.</summary>
    static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
