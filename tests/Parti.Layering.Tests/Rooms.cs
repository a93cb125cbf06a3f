using System.Reflection;

namespace Parti.Layering.Tests;

/// <summary>Which project may build on which; docs/architecture.md shows the same table.</summary>
static class Rooms
{
    /// <summary>Project to the projects it is built on. What those are built on it may use too.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> BuiltOn = new Dictionary<string, string[]>
    {
        ["Parti.Abstractions"] = [],
        ["Parti.Native"] = [],
        ["Parti.Models"] = ["Parti.Native"],
        ["Parti.Inference"] = ["Parti.Models"],
        ["Parti.Training"] = ["Parti.Models"],
        ["Parti.Grains"] = ["Parti.Abstractions", "Parti.Inference"],
        ["Parti.Client"] = ["Parti.Abstractions"],
        ["Parti.Dashboard"] = ["Parti.Client"],
        ["Parti.Silo"] = ["Parti.Grains", "Parti.Client", "Parti.Dashboard"],
        ["Parti.Cli"] = ["Parti.Client", "Parti.Silo", "Parti.Training"],
    };

    /// <summary>Package (by the start of its assemblies' names) to the projects that may mention it.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Packages = new Dictionary<string, string[]>
    {
        // Tensors never leave a worker; grains, clients and hosts never see one.
        ["TorchSharp"] = ["Parti.Native", "Parti.Models", "Parti.Inference", "Parti.Training"],
        // The engine and the trainers are plain libraries.
        ["Orleans"] = ["Parti.Abstractions", "Parti.Grains", "Parti.Client", "Parti.Silo", "Parti.Cli"],
        ["Microsoft.AspNetCore"] = ["Parti.Dashboard", "Parti.Silo", "Parti.Cli"],
        // Stores and membership; everything else asks for them by interface.
        ["Azure"] = ["Parti.Grains", "Parti.Silo"],
        ["Npgsql"] = ["Parti.Grains", "Parti.Silo"],
        ["StackExchange.Redis"] = ["Parti.Grains", "Parti.Silo"],
        ["Spectre.Console"] = ["Parti.Cli"],
        ["System.CommandLine"] = ["Parti.Cli"],
    };

    /// <summary>Every project that exists, in the order of its name, with its assembly.</summary>
    public static IEnumerable<(string Project, Assembly Assembly)> Existing { get; } =
        [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)
            .Where(name => ProjectOf(name!) is { } project && !project.EndsWith(".Tests", StringComparison.Ordinal))
            .Select(name => (ProjectOf(name!)!, Assembly.Load(name!)))];

    /// <summary>The project an assembly comes from, or null where it is not one of ours; the command line's is called <c>parti</c>.</summary>
    public static string? ProjectOf(string assembly)
        => assembly == "parti" ? "Parti.Cli" : assembly.StartsWith("Parti.", StringComparison.Ordinal) ? assembly : null;

    /// <summary>A project's foundations, and theirs.</summary>
    public static IReadOnlySet<string> Foundations(string project)
    {
        HashSet<string> found = [];
        Stack<string> open = new([project]);
        while (open.TryPop(out string? next))
        {
            foreach (string below in BuiltOn[next].Where(found.Add))
            {
                open.Push(below);
            }
        }
        return found;
    }
}
