using System.Globalization;
using Parti.Models.Text;

namespace Parti.Models.Families.LlamaGen;

/// <summary>Prompts of a class-conditioned model: a class number, or a class's name where the model brings a list of names; nothing for no class.</summary>
/// <param name="classes">Classes there are.</param>
/// <param name="names">Names by class number; empty where none are known.</param>
public sealed class ClassNumbers(int classes, IReadOnlyList<string> names) : ITextTokenizer
{
    private const int QuotedLength = 40;

    private readonly Dictionary<string, int> _numbers = Numbers(names);

    /// <inheritdoc />
    public int VocabularySize => classes + 1;

    /// <inheritdoc />
    public int PadId => classes;

    /// <inheritdoc />
    public TextTokens Encode(string text, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(text);
        string wanted = text.Trim();
        if (wanted.Length == 0)
        {
            return new TextTokens([classes], 0);
        }
        if ((int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < classes) || _numbers.TryGetValue(wanted, out number))
        {
            return new TextTokens([number], 0);
        }
        string quoted = wanted.Length > QuotedLength ? wanted[..QuotedLength] + "…" : wanted;
        throw new PromptException(
            $"Prompt \"{quoted.ReplaceLineEndings(" ")}\" is no class; this model draws classes: give a number from 0 to {classes - 1}{(names.Count > 0 ? " or the name of one" : "")}.");
    }

    private static Dictionary<string, int> Numbers(IReadOnlyList<string> names)
    {
        Dictionary<string, int> numbers = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Count; i++)
        {
            numbers.TryAdd(names[i].Trim(), i);
        }
        return numbers;
    }
}
