namespace Parti.Models.Text;

/// <summary>Cuts text into the ids of its pieces. Safe for concurrent use.</summary>
interface IPieceEncoder
{
    /// <summary>Encodes normalised text whose blanks are already word marks.</summary>
    List<int> Encode(string text);
}
