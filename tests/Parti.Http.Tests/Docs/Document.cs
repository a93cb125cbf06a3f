using System.Text.RegularExpressions;

namespace Parti.Http.Tests.Docs;

/// <summary>A document of the repository, for what it tells people to type and which addresses it names.</summary>
/// <param name="path">Path from the repository's root.</param>
internal sealed partial class Document(string path)
{
    private readonly string _text = File.ReadAllText(Path.Combine(Root, path));

    /// <summary>The repository's root.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Lines of indented blocks, continued ones joined.</summary>
    internal IEnumerable<string> Commands()
    {
        string joined = Continued().Replace(_text, " ");
        return joined.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Trim());
    }

    /// <summary>Command lines of <c>parti</c>, in blocks and in the text: what follows the program's name. Patterns with brackets or dots are none.</summary>
    internal IEnumerable<string> PartiCommands() => Parti().Matches(_text).Select(match => match.Groups["arguments"].Value.Trim())
        .Where(arguments => !arguments.Contains('…', StringComparison.Ordinal) && !arguments.Contains('[', StringComparison.Ordinal));

    /// <summary>Methods and addresses that are named, parameters without their names, queries left out.</summary>
    internal IEnumerable<string> Routes()
    {
        foreach (Match cell in Cell().Matches(_text))
        {
            string first = "";
            foreach (Match route in Route().Matches(cell.Value))
            {
                string address = route.Groups["address"].Value;
                first = address.StartsWith('…') ? first[..first.LastIndexOf('/')] + address[1..] : address;
                string method = route.Groups["method"].Value;
                yield return $"{(method.Length > 0 ? method : "POST")} {Plain(first)}";
            }
        }
    }

    /// <summary>An address whose parameters have no names.</summary>
    internal static string Plain(string address) => "/" + Parameter().Replace(address, "{}").Trim('/');

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Parti.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie below the repository.");
    }

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"(`parti |src/Parti\.Cli -- )(?<arguments>[^`\n]*)")]
    private static partial Regex Parti();

    // The first column of a table.
    [GeneratedRegex(@"^\| `(GET|POST|PUT|DELETE) [^|]*\|", RegexOptions.Multiline)]
    private static partial Regex Cell();

    [GeneratedRegex(@"`((?<method>GET|POST|PUT|DELETE) )?(?<address>(/|…/)[^`?\s]*)[^`]*`")]
    private static partial Regex Route();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
