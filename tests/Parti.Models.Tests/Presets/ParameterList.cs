using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Parti.Models.Tests.Presets;

/// <summary>
/// A module's parameters and buffers as lines <c>name shape</c> in their order, the last one <c>total N</c>. Equal layers that follow
/// one another are one line per tensor, <c>decoder.{0..35}.mlp.up.weight [8192, 2048]</c>: nothing is lost by folding, see <see cref="Unfold"/>.
/// </summary>
static partial class ParameterList
{
    internal static IReadOnlyList<string> Of(nn.Module module) =>
        [.. module.state_dict().Select(t => $"{t.Key} [{string.Join(", ", t.Value.shape)}]"), $"total {module.state_dict().Values.Sum(t => t.numel())}"];

    internal static IReadOnlyList<string> Fold(IReadOnlyList<string> lines)
    {
        List<string> folded = [];
        for (int start = 0; start < lines.Count;)
        {
            string list = Indexed().Match(lines[start]).Groups["list"].Value;
            int end = start + lines.Skip(start).TakeWhile(l => list != "" && Indexed().Match(l).Groups["list"].Value == list).Count();
            folded.AddRange(end > start ? FoldLayers(list, [.. lines.Take(end).Skip(start).Select(l => Indexed().Match(l))]) : [lines[start]]);
            start = Math.Max(end, start + 1);
        }
        return folded;
    }

    internal static IReadOnlyList<string> Unfold(IReadOnlyList<string> folded)
    {
        List<string> lines = [];
        for (int start = 0; start < folded.Count;)
        {
            string head = Folded().Match(folded[start]).Value;
            int end = start + folded.Skip(start).TakeWhile(l => head != "" && l.StartsWith(head, StringComparison.Ordinal)).Count();
            int last = head == "" ? 0 : int.Parse(Folded().Match(head).Groups["last"].Value);
            lines.AddRange(head == ""
                ? [folded[start]]
                : Enumerable.Range(0, last + 1).SelectMany(i => folded.Take(end).Skip(start).Select(l => l.Replace($"{{0..{last}}}", $"{i}", StringComparison.Ordinal))));
            start = Math.Max(end, start + 1);
        }
        return lines;
    }

    // Folded only if the layers are 0, 1, 2, … and each has the tensors of layer 0, in the same order and shapes.
    static IEnumerable<string> FoldLayers(string list, IReadOnlyList<Match> members)
    {
        string[] first = [.. members.TakeWhile(m => m.Groups["index"].Value == "0").Select(m => m.Groups["rest"].Value)];
        bool equal = first.Length > 0 && members.Count > first.Length && members.Count % first.Length == 0
            && members.Select((m, i) => m.Groups["index"].Value == $"{i / first.Length}" && m.Groups["rest"].Value == first[i % first.Length]).All(same => same);
        return equal ? first.Select(rest => $"{list}.{{0..{members.Count / first.Length - 1}}}.{rest}") : members.Select(m => m.Value);
    }

    [GeneratedRegex(@"^(?<list>[a-z_]+(?:\.[a-z_]+)*)\.(?<index>\d+)\.(?<rest>.+)$")]
    private static partial Regex Indexed();

    [GeneratedRegex(@"^[a-z_]+(?:\.[a-z_]+)*\.\{0\.\.(?<last>\d+)\}\.")]
    private static partial Regex Folded();
}
